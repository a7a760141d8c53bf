from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The index is built while rows go on being written.
    atomic = False

    dependencies = [
        ('moderation', '0021_rollouts'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='impression',
            index=models.Index(condition=models.Q(('arm__isnull', False)), fields=['arm', 'date'], include=('views',), name='impression_of_arm'),
        ),
    ]
