//! Dockerfiles, and the Dockerfile that an image's history tells.
