"""The task `fairseg`: segmentation, and who gets the worse one."""
