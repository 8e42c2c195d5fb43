//! Signatures of images: cosign formats, verified and made offline.
