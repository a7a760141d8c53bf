import models_registry.models.figures
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0007_required_precision")]

    operations = [
        migrations.AddField(
            model_name="evaluation",
            name="average_precision",
            field=models.GeneratedField(
                db_persist=True,
                expression=models_registry.models.figures.AveragePrecision(
                    models.F("report"), output_field=models.FloatField()
                ),
                output_field=models.FloatField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="recall_at_tenth",
            field=models.GeneratedField(
                db_persist=True,
                expression=models_registry.models.figures.RecallAtTenth(
                    models.F("report"), output_field=models.FloatField()
                ),
                output_field=models.FloatField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="environment",
            field=models.JSONField(
                db_default={}, default=dict, help_text="Machine and packages of the last attempt, by name."
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["detector", "-id"], name="run_newest"),
        ),
    ]
