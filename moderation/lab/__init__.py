"""This will tell what other thresholds would have done in a past period, and make a policy of them.

`gathering` keeps one row a day and model version: a bounded sample of the posts that were scored, and every violation
that a recorded draw found. `reading` puts the rows of a period together. `sample`, `evidence`, `whatif`, `curves` and
`differences` are pure: evidence in, numbers with intervals out. `drafts` writes policy versions down and puts them in
force; `page` is what the screen asks for.

What is exact and what is sampled:
  - How many posts a policy flags, removes or sends to people comes from a sample of at most 3,000 posts a day, high
    scores first. Whatever the machine flagged back then is kept whole unless that is more than the sample holds, so
    raising a threshold is counted exactly; lowering one has the sample's error, which its interval carries.
  - Violations are weighed by the recorded probability that somebody looked, every one of them. Where a person saw all
    that a policy would flag, the number is exact.
"""
