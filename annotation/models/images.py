"""Images, and what model versions say of them."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models

from config.accounts.models import Project
from models_registry.models import ForPeople, ModelVersion


class Image(models.Model):
    """Distinct bytes within a project. ``decoded_at`` is empty until a worker has decoded them.

    ``split_key`` is fixed once: that of the oldest near-duplicate, else the image's own sha256.
    ``pdq`` is a perceptual hash of 256 bits, and ``pdq_bands`` its 16 parts of 16 bits, each tagged with its
    position, so that an index finds near-duplicates.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    original = models.CharField(max_length=300, help_text="Storage key; private, never served.")
    size_bytes = models.PositiveIntegerField()
    derived_bytes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of what people are shown instead; empty where it was not counted."
    )
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    format = models.CharField(max_length=4)
    thumbnail = models.CharField(max_length=300, blank=True)
    view = models.CharField(max_length=300, blank=True)
    pdq = models.BinaryField(null=True, blank=True)
    pdq_bands = ArrayField(models.IntegerField(), default=list, blank=True)
    split_key = models.CharField(max_length=64, blank=True)
    straddles_split = models.BooleanField(default=False, help_text="Near images on both sides: in no dataset.")
    brightness = models.FloatField(null=True, blank=True, help_text="Mean luminance in [0, 1].")
    received_at = models.DateTimeField()
    decoded_at = models.DateTimeField(null=True, blank=True)

    objects = ForPeople.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="one_image_per_bytes")]
        indexes = [
            # What is written goes into the tree at once: a list of what waits would be read whole by every batch that
            # looks for its near-duplicates, which at 10,000 images takes longer than decoding a quarter of the batch.
            GinIndex(fields=["pdq_bands"], name="image_near_duplicates", fastupdate=False),
            # Serves the bytes that came on a day.
            BrinIndex(fields=["received_at"], pages_per_range=16, autosummarize=True, name="image_day"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class Prediction(models.Model):
    """A model version's calibrated probability per class for an image."""

    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="predictions")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    scores = models.JSONField(help_text="{class: probability}")
    created_at = models.DateTimeField()
    rollout_arm = models.BigIntegerField(
        null=True, blank=True, help_text="Number of the rollout's arm for which it was first asked."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "model_version"], name="one_prediction_per_version")]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.image}"
