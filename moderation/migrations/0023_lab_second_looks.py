from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0022_impressions_of_arms'),
    ]

    operations = [
        migrations.AddField(
            model_name='scoredday',
            name='again',
            field=models.BinaryField(db_default=b'', default=bytes, help_text='Second looks at flagged posts.'),
        ),
        migrations.AddField(
            model_name='scoredday',
            name='second_looks',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='How many of them.'),
        ),
    ]
