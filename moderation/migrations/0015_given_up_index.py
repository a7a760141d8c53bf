from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The index is built while rows go on being written.
    atomic = False

    dependencies = [
        ('accounts', '0005_gold'),
        ('moderation', '0014_lab_sums'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['created_at'], name='delivery_given_up'),
        ),
    ]
