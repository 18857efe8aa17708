# What development adds, on top of the very packages that production gets.
FROM deps-{{ part.id }} AS deps-dev-{{ part.id }}
RUN {{ part.development.run }}
