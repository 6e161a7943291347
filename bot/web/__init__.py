"""Pages and probes served beside the bot: notices, health."""
