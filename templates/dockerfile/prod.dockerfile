{% from "apt" import install %}
# Production: nothing that builds, and files that belong to root, so that the service cannot change itself.
FROM {{ prod.from }} AS {{ stage }}
{% if prod.packages %}
{% if prod.from != "base" %}
ARG TARGETARCH
{% endif %}
{{ install(prod.packages) -}}
{% endif %}
WORKDIR {{ part.place }}
{% for name, value in prod.environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}
{% if prod.source and part.path %}
ENV PATH={{ part.path | join(":") }}:$PATH
{% endif %}
{% if prod.source %}
{% if part.deps %}
COPY --link --chown=0:0 --from={{ ("prod-deps-" if part.pruned else "deps-") ~ part.id }} {{ part.place }} ./
{% endif %}
COPY --link --chown=0:0 --from=release-{{ part.id }} {{ part.place }} ./
{% else %}
{% for kept in prod.keep %}
COPY --link --chown=0:0 --from=prebuild-{{ part.id }} {{ part.place }}/{{ kept }} {{ kept }}/
{% endfor %}
{% endif %}
{% if prod.writes %}
# What it writes while it runs.
RUN install -d -o 1000 -g 1000 {{ prod.writes | join(" ") }}
{% endif %}
USER 1000:1000
{% if prod.port %}
EXPOSE {{ prod.port }}
{% endif %}
{% if prod.command %}
CMD {{ prod.command }}
{% else %}
# Nothing says how {{ part.folder }} is started: add a CMD below.
{% endif %}
