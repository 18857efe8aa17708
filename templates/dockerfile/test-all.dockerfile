# All tests, side by side.
FROM base AS test
{% for part in parts %}
{{ "RUN " if loop.first else "    " }}--mount=type=bind,from=test-{{ part.id }},target=/tested/{{ part.id }} \
{% endfor %}
    ls /tested
