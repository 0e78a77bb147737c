"""The connectors' runtime half: where a source's rows come from, one file a connector."""
