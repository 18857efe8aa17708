{% from "apt" import install %}
# What one wants at hand when something is wrong. Apart from the dependencies, so that both come at the same time.
FROM system-deps AS tools
USER root
{{ install(packages) -}}
RUN echo "{{ user }} ALL=(ALL) NOPASSWD:ALL" >/etc/sudoers.d/{{ user }} \
    && chmod 0440 /etc/sudoers.d/{{ user }}
USER {{ user }}
