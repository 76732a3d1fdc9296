"""The project's own tests are run by the demo."""

collect_ignore = ["project"]
