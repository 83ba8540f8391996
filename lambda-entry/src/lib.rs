//! What every Lambda's main needs: tracing, configuration look-up, the shared SDK configuration.
