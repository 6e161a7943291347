"""Making meetings and their chats, switching their options, and recording them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.rehearsal.platform import resources
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import capture_available, system_message
from bot.rehearsal.platform.world import Account, Capture, Chat, Meeting

BOOLEANS = ("allowAttendeeToEnableCamera", "allowAttendeeToEnableMic", "allowBreakoutRooms",
            "allowCopyingAndSharingMeetingContent", "allowParticipantsToChangeName", "allowPowerPointSharing",
            "allowRecording", "allowTeamworkReactions", "allowTranscription", "allowWhiteboard", "isEntryExitAnnounced",
            "recordAutomatically")  # fmt: skip
CHOICES = {
    "allowMeetingChat": ("enabled", "disabled", "limited"),
    "allowedPresenters": ("everyone", "organization", "roleIsPresenter", "organizer"),
    "allowedLobbyAdmitters": ("organizerAndCoOrganizersAndPresenters", "organizerAndCoOrganizers"),
    "allowLiveShare": ("enabled", "disabled"),
    "shareMeetingChatHistoryDefault": ("none", "all"),
}
LOBBY_SCOPES = ("organizer", "organization", "organizationAndFederated", "everyone", "invited",
                "organizationExcludingGuests")  # fmt: skip
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(BOOLEANS, True), "isEntryExitAnnounced": False, "recordAutomatically": False,
    "allowMeetingChat": "enabled", "allowedPresenters": "everyone", "allowLiveShare": "enabled",
    "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters", "shareMeetingChatHistoryDefault": "none",
    "lobbyBypassSettings": {"scope": "organization", "isDialInBypassEnabled": False},
    "watermarkProtection": {"isEnabledForContentSharing": False, "isEnabledForVideo": False},
    "chatRestrictions": {"allowTextOnly": False},
}  # fmt: skip
OPTION = {"recording": "allowRecording", "transcript": "allowTranscription"}


def create(core: Core, organizer: Account, subject: str, start: datetime, end: datetime, standalone: bool) -> Meeting:
    """A meeting with its chat, in which only the organizer is yet. The first one open becomes the current one."""
    world = core.world
    thread = f"19:meeting_{world.opaque(48)}@thread.v2"
    chat = Chat(thread, "meeting", world.stamp(), subject, graph_id=thread)
    chat.members[organizer.person_id] = organizer
    meeting_id = f"MSo{world.opaque(61)}"
    url = f"https://teams.microsoft.com/l/meetup-join/{quote(thread, safe='')}/0?context=" + quote(
        f'{{"Tid":"{core.tenant_id}","Oid":"{organizer.aad_id}"}}', safe=""
    )
    meeting = Meeting(meeting_id, chat, organizer, subject, start, end, url, standalone, options=dict(DEFAULTS))
    chat.meeting = meeting
    world.chats[thread], world.meetings[meeting_id] = chat, meeting
    current = world.current
    if current is None or current.chat.deleted or current.cancelled:
        world.current = meeting
    core.changed()
    return meeting


def begin(core: Core, meeting: Meeting, first: Account) -> None:
    """The first person joined: the call runs, and records itself if it was told to."""
    meeting.running, meeting.started_at, meeting.call_id = True, core.clock(), core.world.guid()
    system_message(core, meeting.chat, "callStarted", callId=meeting.call_id, callEventType="meeting",
                   initiator=resources.identity(first))  # fmt: skip
    if meeting.options["recordAutomatically"] and meeting.options["allowRecording"]:
        start_capture(core, meeting, "recording", meeting.organizer)


def change_options(core: Core, meeting: Meeting, changes: dict[str, Any]) -> None:
    """Take over checked options; a running recording or transcript ends with its option, if the switch says so."""
    before = meeting.options["allowMeetingChat"]
    meeting.options.update(changes)
    for kind, option in OPTION.items():
        if changes.get(option) is False and core.switches.stop_recording == "ends":
            stop_capture(core, meeting, kind)
    after = meeting.options["allowMeetingChat"]
    if before != after:
        system_message(
            core, meeting.chat, "meetingPolicyUpdated", meetingChatId=meeting.chat.graph_id,
            meetingChatEnabled=after != "disabled", initiator=resources.identity(meeting.organizer),
        )  # fmt: skip
    core.changed()


def start_capture(core: Core, meeting: Meeting, kind: str, by: Account) -> bool:
    """Start a recording or transcript, turning the meeting's option on as an organizer can; False if one runs."""
    if meeting.running_capture(kind) is not None:
        return False
    meeting.options[OPTION[kind]] = True
    world = core.world
    stamp = world.stamp()
    extension = "mp4" if kind == "recording" else "vtt"
    name = f"{meeting.subject}-{stamp:%Y%m%d_%H%M%S}-Besprechungsaufzeichnung.{extension}".replace("/", "-")
    call_id, file_id = meeting.call_id or world.guid(), f"01{world.opaque(32).upper()}"
    taken = Capture(world.guid(), kind, call_id, by, stamp, None, file_id, name)
    meeting.captures.append(taken)
    announce_capture(core, meeting, taken, "initial")
    return True


def stop_capture(core: Core, meeting: Meeting, kind: str) -> bool:
    """End what runs: the system message, the file and the Graph resource; False if nothing runs."""
    taken = meeting.running_capture(kind)
    if taken is None:
        return False
    taken.ended = core.world.stamp()
    announce_capture(core, meeting, taken, "success")
    if not meeting.standalone:
        capture_available(core, meeting, taken)
    return True


def announce_capture(core: Core, meeting: Meeting, taken: Capture, status: str) -> None:
    """The system message of a recording (with status) or of a transcript (which has none), teams-platform 5.2."""
    organizer = {"application": None, "device": None, "user": {"id": meeting.organizer.aad_id, "displayName": None}}
    if taken.kind == "transcript":
        system_message(core, meeting.chat, "callTranscript", callId=taken.call_id, callTranscriptICalUid=taken.id,
                       meetingOrganizer=organizer)  # fmt: skip
        return
    finished = status == "success"
    length = ((taken.ended or taken.started) - taken.started) / timedelta(seconds=1)
    system_message(
        core, meeting.chat, "callRecording", callId=taken.call_id, callRecordingStatus=status,
        callRecordingDisplayName=taken.file_name if finished else None,
        callRecordingDuration=f"PT{length:.3f}S" if finished else None,
        callRecordingUrl=file_url(meeting, taken) if finished else None,
        initiator=resources.identity(taken.initiator), meetingOrganizer=organizer,
    )  # fmt: skip


def file_url(meeting: Meeting, taken: Capture) -> str:
    """Where the file lies in the organizer's OneDrive."""
    owner = (meeting.organizer.email or "").replace("@", "_").replace(".", "_")
    return f"https://betreiber-my.sharepoint.com/personal/{owner}/Documents/Recordings/{quote(taken.file_name)}"


def finish(core: Core, meeting: Meeting) -> None:
    """The call ended: what runs is stopped, the chat says so."""
    for kind in OPTION:
        stop_capture(core, meeting, kind)
    who = {
        id(stay.account): stay.account
        for stay in meeting.stays
        if stay.joined_at >= (meeting.started_at or stay.joined_at)
    }
    meeting.running = False
    length = (core.clock() - (meeting.started_at or core.clock())) / timedelta(seconds=1)
    system_message(
        core, meeting.chat, "callEnded", callId=meeting.call_id, callEventType="meeting",
        callDuration=f"PT{length:.3f}S", initiator=resources.identity(meeting.organizer),
        callParticipants=[{"participant": resources.identity(account)} for account in who.values()],
    )  # fmt: skip
