{# Debian packages. Images of Debian throw away what is in `archives`, so that packages are kept elsewhere. A step that is
   cut off is thrown away, so that dpkg need not wait for the disk. #}
{% macro install(packages, lists=[]) %}
RUN --mount=type=cache,id=apt-archives-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt/lists,sharing=locked \
    {% for list in lists %}
    --mount=type=bind,source={{ list }},target=/tmp/packages/{{ loop.index }} \
    {% endfor %}
    apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        --option Dir::Cache::Archives=/var/cache/apt/kept --option DPkg::Options::=--force-unsafe-io \
        {{ packages | join(" \\\n        ") }}
{%- if lists %} \
        $(sed 's/#.*//' /tmp/packages/*)
{%- endif +%}
{% endmacro %}
