# What production runs of {{ part.folder }}{{ " and its build" if part.build }}: no tests, no dependencies of development.
{% if part.build %}
FROM prebuild-{{ part.id }} AS release-{{ part.id }}
{% else %}
FROM base AS release-{{ part.id }}
WORKDIR {{ part.place }}
COPY --link {{ part.source }}
{% endif %}
RUN rm -rf {{ prod.drop | join(" ") }}
