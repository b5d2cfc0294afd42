"""The task `stereotypes`: does a language model prefer stereotypes, and more so once compressed?"""
