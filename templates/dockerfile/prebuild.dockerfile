{% if part.obstacle %}
# {{ part.folder | capitalize }}, built. Dependencies are not built apart from the source, because
# {{ part.obstacle }}; caches keep what is built, on this machine.
{% else %}
# {{ part.folder | capitalize }}, built.
{% endif %}
FROM {{ part.ready }} AS prebuild-{{ part.id }}
{% if not part.deps %}
WORKDIR {{ part.place }}
{% for name, value in part.environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}
{% endif %}
{% if not part.has_source %}
COPY --link --chown=$USER_UID:$USER_UID {{ part.source }}
{% endif %}
RUN {{ part.build }}
