# What production needs of them, in the same versions.
FROM deps-{{ part.id }} AS prod-deps-{{ part.id }}
RUN {{ part.pruned }}
