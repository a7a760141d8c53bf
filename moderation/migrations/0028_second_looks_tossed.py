from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The index is built while rows go on being written.
    atomic = False

    dependencies = [
        ('moderation', '0027_watch'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='secondlook',
            index=models.Index(fields=['project', 'created_at'], name='second_look_tossed'),
        ),
    ]
