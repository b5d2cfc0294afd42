"""The task `cosal`: the object that the images of a group share."""
