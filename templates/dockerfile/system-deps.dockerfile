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
# The user has to own the folder of the project{{ ", and those where caches are mounted, in builds as in a dev container" if folders }}.
RUN mkdir -p {{ ([work_folder] + folders) | join(" ") }} \
    && chown -R {{ user }}:{{ user }} {{ work_folder }} /home/{{ user }}
{% for name, value in environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}
USER {{ user }}
