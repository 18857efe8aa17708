# What production runs of {{ part.folder }}{{ " and its build" if part.build }}: no tests, no dependencies of development.
{% if part.build %}
FROM prebuild-{{ part.id }} AS release-{{ part.id }}
{% else %}
FROM base AS release-{{ part.id }}
WORKDIR {{ part.place }}
COPY --link {{ part.source }}
{% endif %}
# A checkout may keep files to its owner, who is another one in production.
RUN rm -rf {{ prod.drop | join(" ") }} \
    && find . ! -type l ! -perm -004 -exec chmod a+rX {} +
