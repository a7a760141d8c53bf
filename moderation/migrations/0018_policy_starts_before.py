"""This will give each version that came into force before starts were kept its row; who put it there nobody knows."""

from django.db import migrations

KNOWN = """
    INSERT INTO moderation_policystart (policy_version_id, started_at)
    SELECT version.id, version.in_force_at FROM moderation_policyversion version
    WHERE version.in_force_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM moderation_policystart one WHERE one.policy_version_id = version.id)
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0017_policy_starts")]

    operations = [migrations.RunSQL(KNOWN, migrations.RunSQL.noop)]
