from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0006_evaluation_scores")]

    operations = [
        migrations.AddField(
            model_name="detector",
            name="required_precision",
            field=models.FloatField(
                blank=True,
                help_text="Flag precision at which the gate compares; as the policy in force requires.",
                null=True,
            ),
        ),
    ]
