# The image that `docker build` makes when it is told no target.
FROM {{ main }} AS prod
