# The dev container: tools and all dependencies. The source is mounted, so that no edit needs a build.
FROM tools AS dev
WORKDIR {{ commands[0].place if commands | length == 1 else work_folder }}
{% for part in parts if part.keeps_dependencies %}
COPY --link --chown=$USER_UID:$USER_UID --from={{ part.ready }} {{ part.place }} {{ part.place }}
{% endfor %}
{% if path %}
ENV PATH={{ path | join(":") }}:$PATH
{% endif %}
{% if commands | length == 1 %}
# Sees edits by itself.
CMD {{ commands[0].exec }}
{% elif commands %}
# These see edits by themselves:
{% for command in commands %}
#   {{ command.folder }}: {{ command.command }}
{% endfor %}
CMD ["bash"]
{% else %}
CMD ["bash"]
{% endif %}
