import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The index is built while posts go on coming in; the one before it serves searches until it is there.
    atomic = False

    dependencies = [
        ('moderation', '0024_months'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(models.F('words'), models.F('facets'), models.Func('received_at', output_field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None), template="ARRAY[(floor(extract(epoch FROM received_at AT TIME ZONE 'UTC'))::bigint >> 11) * 32 + 11, (floor(extract(epoch FROM received_at AT TIME ZONE 'UTC'))::bigint >> 14) * 32 + 14, (floor(extract(epoch FROM received_at AT TIME ZONE 'UTC'))::bigint >> 17) * 32 + 17, (floor(extract(epoch FROM received_at AT TIME ZONE 'UTC'))::bigint >> 20) * 32 + 20, (floor(extract(epoch FROM received_at AT TIME ZONE 'UTC'))::bigint >> 23) * 32 + 23]"), gin_pending_list_limit=256, name='entry_says_when'),
        ),
        RemoveIndexConcurrently(
            model_name='searchentry',
            name='entry_says',
        ),
    ]
