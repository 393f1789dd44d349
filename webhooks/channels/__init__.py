"""The channels, written out: adding one is a file here, a test file and a line in ALL."""

from collections.abc import Mapping

from webhooks.channel import Channel
from webhooks.channels import messenger, webchat, zalo_bot, zalo_oa

ALL: tuple[Channel, ...] = (zalo_oa, zalo_bot, messenger, webchat)

BY_NAME: Mapping[str, Channel] = {channel.NAME: channel for channel in ALL}
