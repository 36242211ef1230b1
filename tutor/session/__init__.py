"""Use cases: what a learner, an author or a teacher can do, without a screen and without torch."""
