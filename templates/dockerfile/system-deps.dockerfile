{% from "apt" import install %}
# What the dependencies are installed with: runtimes, package managers, compilers for packages with native code.
{% for lockfile in compiler_free %}
# {{ lockfile }} has no such packages: their compilers come with the tools.
{% endfor %}
FROM base AS system-deps
{% for borrowed in borrowed %}
{% for file in borrowed.files %}
COPY --link --from={{ borrowed.stage }} {{ file }} {{ file }}
{% endfor %}
{% endfor %}
{% if packages or package_lists %}
{{ install(packages, package_lists) -}}
{% endif %}
{% if path %}
ENV PATH={{ path | join(":") }}:$PATH
{% endif %}
{% if setup %}
RUN {{ setup | join(" \\\n    && ") }}
{% endif %}
{% if folders %}
# Caches are mounted there, in builds as in a dev container: the user has to own the folders.
RUN mkdir -p {{ folders | join(" ") }} \
    && chown -R {{ user }}:{{ user }} /home/{{ user }}
{% endif %}
{% for name, value in environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}
USER {{ user }}
