"""Put what is written into the index of near-duplicates at once; the index itself stays, so nobody waits for it."""

import django.contrib.postgres.indexes
from django.db import migrations

NAME = "image_near_duplicates"


class Migration(migrations.Migration):
    dependencies = [("annotation", "0010_rescoring")]

    operations = [
        migrations.RunSQL(
            [
                f"ALTER INDEX {NAME} SET (fastupdate = off)",
                # What waits already; what a writer adds before it knows better follows with the next vacuum.
                f"SELECT gin_clean_pending_list('{NAME}')",
            ],
            [f"ALTER INDEX {NAME} RESET (fastupdate)"],
            state_operations=[
                migrations.RemoveIndex(model_name="image", name=NAME),
                migrations.AddIndex(
                    model_name="image",
                    index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["pdq_bands"], name=NAME),
                ),
            ],
        )
    ]
