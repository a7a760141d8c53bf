"""This will say what is done by the clock, and how often; what is sent again soon expires rather than pile up.

Times are UTC. Beat brings the rows that the admin shows in line with this whenever it starts, and leaves alone what
somebody changed there (config/schedule). A sentence for each is in config/schedule/wording.
"""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep waiting posts": {"task": "moderation.tasks.screen", "schedule": 5.0, "options": {"expires": 5}},
    "answer settled truths": {"task": "moderation.tasks.settle", "schedule": 5.0, "options": {"expires": 5}},
    "take up complaints": {"task": "moderation.tasks.take_up_complaints", "schedule": 30.0, "options": {"expires": 30}},
    "deliver webhooks": {"task": "moderation.tasks.deliver", "schedule": 5.0, "options": {"expires": 5}},
    "index older posts": {"task": "moderation.tasks.index", "schedule": 10.0, "options": {"expires": 10}},
    "plan audits": {"task": "moderation.tasks.plan_audits", "schedule": crontab(hour=0, minute=5)},
    "draw by views": {"task": "moderation.tasks.draw_by_views", "schedule": crontab(minute=30)},
    "count what people answered": {
        "task": "moderation.tasks.count_people",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "look at answers again": {
        "task": "moderation.tasks.look_again",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "measure today": {"task": "moderation.tasks.measure", "schedule": 300.0, "options": {"expires": 300}},
    "look back for the lab": {"task": "moderation.tasks.look_back", "schedule": 300.0, "options": {"expires": 300}},
    "guard the machine": {"task": "moderation.tasks.guard", "schedule": 600.0, "options": {"expires": 600}},
    "watch rollouts": {"task": "moderation.tasks.watch_rollouts", "schedule": 900.0, "options": {"expires": 900}},
    "ask about disagreements": {
        "task": "moderation.tasks.ask_about_disagreements",
        "schedule": crontab(minute=50),
    },
    "validate models": {"task": "moderation.tasks.validate_models", "schedule": crontab(hour=3, minute=20)},
    "watch what comes in": {"task": "moderation.tasks.watch", "schedule": crontab(minute=25)},
    "score samples again": {"task": "moderation.tasks.watch_again", "schedule": crontab(hour=2, minute=40)},
    "mail alerts": {"task": "moderation.tasks.mail_alerts", "schedule": 60.0, "options": {"expires": 60}},
    "sample queues": {"task": "moderation.tasks.sample_queues", "schedule": 60.0, "options": {"expires": 60}},
    "re-score history": {"task": "moderation.tasks.rescore", "schedule": 5.0, "options": {"expires": 5}},
    "say what flips": {"task": "moderation.tasks.compare_history", "schedule": 10.0, "options": {"expires": 10}},
    "send flips to review": {"task": "moderation.tasks.send_flips", "schedule": 10.0, "options": {"expires": 10}},
    "answer the playground": {"task": "annotation.tasks.play", "schedule": 10.0, "options": {"expires": 10}},
    "release expired leases": {
        "task": "annotation.tasks.release_expired",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "open label questions": {"task": "moderation.tasks.sample", "schedule": crontab(minute=10)},
    "confirm the hold-out": {"task": "annotation.tasks.confirm", "schedule": crontab(minute=20)},
    "tend gold items": {"task": "annotation.tasks.tend_gold", "schedule": crontab(minute=40)},
    "train when there is enough": {
        "task": "annotation.tasks.train_nightly",
        "schedule": crontab(hour=1, minute=30),
    },
    "recover runs": {"task": "models_registry.tasks.recover", "schedule": 60.0, "options": {"expires": 60}},
}
