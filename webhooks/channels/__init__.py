"""The channels, written out: adding one is a file here, a test file and a line in ALL."""

from collections.abc import Mapping

from webhooks.channel import Channel
from webhooks.channels import webchat, zalo_oa

ALL: tuple[Channel, ...] = (zalo_oa, webchat)

BY_NAME: Mapping[str, Channel] = {channel.NAME: channel for channel in ALL}
