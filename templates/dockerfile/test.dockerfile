# Runs the tests of {{ part.folder }}: building this stage is passing them.
FROM {{ "prebuild-" ~ part.id if part.build and part.keeps_dependencies else part.ready }} AS {{ stage }}
{% if not part.deps %}
WORKDIR {{ part.place }}
{% endif %}
{% if not part.has_source and not (part.build and part.keeps_dependencies) %}
COPY --link --chown=$USER_UID:$USER_UID {{ part.source }}
{% endif %}
RUN {{ part.test }}
