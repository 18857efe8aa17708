{% if part.deps.gathered %}
# What the install reads is in too many folders for a layer each. This looks at every edit, but what comes out of it
# stays the same, and so does all that follows.
FROM base AS manifests-{{ part.id }}
WORKDIR /gathered
RUN --mount=type=bind,target=/source \
    {{ part.deps.gathered }}

{% endif %}
{% if part.has_source %}
# Dependencies of {{ part.folder }}. No file lists them apart from the source, so that every edit installs them again;
# a lockfile or a list of requirements would change that.
{% elif part.lockfile %}
# Dependencies of {{ part.folder }}, exactly as {{ part.lockfile }} has them. They come before the source, so that an edit
# there leaves them alone.
{% else %}
# Dependencies of {{ part.folder }}. They come before the source, so that an edit there leaves them alone. Without a
# lockfile, each new install may bring other versions: commit one.
{% endif %}
{% if part.note %}
# {{ part.note }}
{% endif %}
{% if part.login %}
# For private packages: --secret id={{ part.login.id }},src=FILE. It is there for the install only, and in no image.
{% endif %}
FROM system-deps AS deps-{{ part.id }}
WORKDIR {{ part.place }}
{% if part.path %}
ENV PATH={{ part.path | join(":") }}:$PATH
{% endif %}
{% for name, value in part.environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}
{% if part.deps.prepared %}
RUN {{ part.deps.prepared }}
{% endif %}
{% if part.deps.gathered %}
COPY --link --chown=$USER_UID:$USER_UID --from=manifests-{{ part.id }} /gathered ./
{% else %}
{% for copy in part.deps.copies %}
COPY --link --chown=$USER_UID:$USER_UID {{ copy }}
{% endfor %}
{% endif %}
{% if part.deps.stand_ins %}
# {{ part.manager }} builds dependencies only together with a source: an empty one will do. This keeps them in a layer, which
# other machines can take from a cache, while a cache mount stays on the machine that built it.
RUN {{ part.deps.stand_ins }}
{% endif %}
RUN {{ part.deps.run }}
