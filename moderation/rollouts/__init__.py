"""This will try a challenger beside the champion: in the shadow, on a small share of posts, or on half of them.

`arms` deals posters or images, `lineup` says who predicts and who decides, `conducting` starts, changes and ends,
`shadows` keeps where the two would differ, `gathering` counts each arm day by day, `comparing` sets the arms against
each other, `guardrails` stops what does harm, `validating` judges each day's versions on the truths of the next,
`alerts` keeps what happened by itself before people's eyes, `showing` is what the pages show.
"""
