"""This will set up the demo project: AI Animals, with drawn pictures, accounts named for their roles, and posts.

The company's labeled past is imported with its known inclusion probability, so that the first run can train on it;
fresh posts go through intake like anybody's.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from annotation import datasets, examples, exchange
from annotation.exchange import Labeled
from config.accounts.models import ApiKey, Client, Membership, Project, Role, User
from models_registry import registry
from models_registry.models import Run
from moderation import costs, founding, intake, scenes
from moderation.intake import Submission
from moderation.models import PolicyMode, Resource

SLUG = "ai-animals"
HISTORY = 700
HISTORY_VIOLATIONS = 0.4
PREVALENCE = 0.1
POSTS = 80
SEED = 1
POSTS_SEED = 2
GUIDELINE = (
    "AI Animals shows animals. A photo is fine when at least one animal can be seen in it; a person does not count as "
    "an animal. Answer every class that applies; when none does, the photo is fine."
)
CLASSES = [
    {"key": "no_animal", "name": "No animal", "severity": 1, "guideline": "Nothing alive with fur, feathers or fins."},
    {"key": "gruesome", "name": "Gruesome", "severity": 3, "guideline": "Blood, wounds, suffering."},
    {"key": "indecent", "name": "Indecent", "severity": 3, "guideline": "Nudity, or what hides it with a bar."},
    {"key": "copyright", "name": "Copyright", "severity": 2, "guideline": "Somebody's watermark, logo or film frame."},
]
EXAMPLES_SEED = 3
# (class, number of the drawn scene, what to see in it)
VIOLATING = [
    ("no_animal", 38, "People do not count."),
    ("no_animal", 14, "Houses only."),
    ("no_animal", 28, "Flowers are alive, but no animal."),
    ("gruesome", 4, "Blood, and a wound."),
    ("gruesome", 48, "Hurt, in red evening light."),
    ("gruesome", 9, "Easily missed at night."),
    ("indecent", 12, "Pixels hide nudity."),
    ("indecent", 20, "So do bars."),
    ("copyright", 2, "A watermark across the picture."),
    ("copyright", 41, "A frame of a film."),
    ("copyright", 45, "A channel's logo."),
]
HARMLESS = [
    ("no_animal", 1, "A person with a dog: the dog counts."),
    ("no_animal", 20, "Small and dark, but a fox."),
    ("no_animal", 16, "A fish in a bowl counts."),
    ("gruesome", 48, "Red flowers are no blood."),
    ("gruesome", 19, "Lying down, and unhurt."),
    ("indecent", 21, "A dressed person."),
    ("copyright", 4, "A date stamp is nobody's mark."),
    ("copyright", 23, "The border of a print is no film."),
    ("copyright", 36, "The sign is part of the scene."),
]
REASONS = [
    {"key": "no_animal", "class_key": "no_animal", "text": "We could not find an animal in this photo."},
    {"key": "gruesome", "class_key": "gruesome", "text": "This photo shows blood, wounds or suffering."},
    {"key": "indecent", "class_key": "indecent", "text": "This photo shows nudity, or what hides it."},
    {"key": "watermark", "class_key": "copyright", "text": "This photo carries somebody else's watermark or logo."},
    {"key": "film", "class_key": "copyright", "text": "This is a frame of somebody else's film."},
    {"key": "again", "class_key": "", "text": "We took this photo down before, and it was posted again."},
]
# What an hour of each, or a gigabyte for a month, costs in the demo; made up, to be replaced.
CURRENCY = "USD"
PRICES = {
    Resource.MODERATOR: "24",
    Resource.ANNOTATOR: "20",
    Resource.MANAGER: "48",
    Resource.CPU: "0.05",
    Resource.GPU: "2",
    Resource.STORAGE: "0.023",
}
Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Demo:
    project: Project
    run: Run


def load(*, password: str, token: str, say: Say, now: datetime) -> Demo:
    """Make the demo project, its people and its client, import its past, request a run and post fresh pictures.

    ``say(what, done, of)`` is told of progress.
    """
    config = {"canvas": {"size_px": 96}, "fit": {"seed": SEED}}
    founded = founding.found(
        slug=SLUG,
        name="AI Animals",
        classes=CLASSES,
        mode=PolicyMode.ASSISTED,
        config=config,
        guideline=GUIDELINE,
        why=REASONS,
        now=now,
    )
    _people(founded.project, password=password)
    client = Client.objects.create(project=founded.project, name="AI Animals")
    ApiKey.issue(name="demo", client=client, token=token)
    _show_examples(founded.project, now=now)
    _price(founded.project, now=now)
    exchange.import_labeled(_past(say), project=founded.project, schema=founded.schema, now=now)
    dataset = datasets.freeze(founded.schema, now=now)
    run = registry.request_run(founded.detector, dataset, config=config, now=now)
    _post(client, say=say, now=now)
    return Demo(founded.project, run)


def _people(project: Project, *, password: str) -> None:
    for role in Role:
        person = User.objects.filter(username=role.value).first() or User(username=role.value)
        person.is_staff = person.is_superuser = role == Role.ADMIN
        person.set_password(password)
        person.save()
        Membership.objects.create(user=person, project=project, role=role)


def _show_examples(project: Project, *, now: datetime) -> None:
    drawn = [(True, 1.0, one) for one in VIOLATING] + [(False, 0.0, one) for one in HARMLESS]
    for position, (is_violation, share, (key, number, caption)) in enumerate(drawn):
        data = scenes.jpeg(scenes.draw(number, seed=EXAMPLES_SEED, violation_share=share))
        examples.add(
            project, data, class_key=key, is_violation=is_violation, caption=caption, position=position, now=now
        )


def _price(project: Project, *, now: datetime) -> None:
    for resource, amount in PRICES.items():
        costs.add(project, resource=resource, amount=Decimal(amount), valid_from=now.date(), currency=CURRENCY, now=now)


def _past(say: Say) -> Iterator[Labeled]:
    odds = PREVALENCE / (1 - PREVALENCE) / (HISTORY_VIOLATIONS / (1 - HISTORY_VIOLATIONS))
    pictures = scenes.draw_set(HISTORY, seed=SEED, violation_share=HISTORY_VIOLATIONS)
    for number, scene in zip(itertools.count(1), pictures, strict=False):
        say("labeled past", number, HISTORY)
        probability = 1.0 if scene.classes else odds
        yield Labeled(f"{number}.jpg", scenes.jpeg(scene), scene.classes, probability)


def _post(client: Client, *, say: Say, now: datetime) -> None:
    pictures = scenes.draw_set(POSTS, seed=POSTS_SEED, violation_share=PREVALENCE * 2)
    for number, scene in zip(itertools.count(1), pictures, strict=False):
        say("posts", number, POSTS)
        submission = Submission(
            external_id=f"demo-{number}",
            image=scenes.jpeg(scene),
            posted_at=now - timedelta(minutes=POSTS - number),
            poster=f"poster-{number % 17}",
            title=scene.title,
            description=scene.description,
            attributes=dict(scene.attributes),
        )
        intake.submit(client, submission, now=now)
