from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0005_studies")]

    operations = [
        migrations.AddField(
            model_name="evaluation",
            name="scores",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Storage key of the score of every image.",
                max_length=300,
            ),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="scores_sha256",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
