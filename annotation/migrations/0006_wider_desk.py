# A longer varchar changes no row and no index, and the release before writes what fits into both.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0005_desks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='desk',
            field=models.CharField(choices=[('review', 'Review'), ('label', 'Label'), ('complaint', 'Complaints'), ('appeal', 'Appeals')], max_length=9),
        ),
        migrations.AlterField(
            model_name='question',
            name='desk',
            field=models.CharField(choices=[('review', 'Review'), ('label', 'Label'), ('complaint', 'Complaints'), ('appeal', 'Appeals')], max_length=9),
        ),
    ]
