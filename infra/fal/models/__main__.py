import sys

from infra.fal.models.schema_check import main

sys.exit(main())
