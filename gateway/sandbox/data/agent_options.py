"""What agents are set to: together every field and kind that agents have."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.data.session_tools import SECRET, post_session_tools, pre_session_tools

NAMES = (
    "Front desk",
    "Dental recall",
    "Order status",
    "Collections",
    "Insurance intake",
    "Warm transfer",
    "Survey",
    "Real estate leads",
    "Restaurant booking",
    "IT help desk",
    "Clinic triage",
    "Délivery, 日本 & “späte” calls",
)

ANALYSIS: list[dict[str, Any]] = [
    {
        "type": "string",
        "name": "follow_up",
        "description": "What is left to do.",
        "examples": ["Call back on Monday"],
        "required": True,
        "conditional_prompt": "Only if something is left.",
    },
    {
        "type": "enum",
        "name": "reason_for_call",
        "description": "Why they called.",
        "choices": ["booking", "billing", "question"],
        "required": True,
        "conditional_prompt": "Always.",
    },
    {
        "type": "boolean",
        "name": "appointment_booked",
        "description": "Whether an appointment was made.",
        "required": False,
        "conditional_prompt": "Only if one was asked for.",
    },
    {
        "type": "number",
        "name": "order_value",
        "description": "Value of the order in dollars.",
        "required": False,
        "conditional_prompt": "Only if there is an order.",
    },
    {
        "type": "system-presets",
        "name": "call_summary",
        "description": "Two sentences.",
        "required": True,
        "conditional_prompt": "Always.",
    },
]

_HANDBOOK = (
    "ai_disclosure",
    "conversational_personality",
    "default_personality",
    "echo_verification",
    "high_empathy",
    "nato_phonetic_alphabet",
    "natural_filler_words",
    "scope_boundaries",
    "smart_matching",
    "speech_normalization",
)

_PII = {
    "mode": "post_call",
    "categories": ["person_name", "email", "phone_number", "credit_card", "date_of_birth"],
}

OPTIONS: tuple[dict[str, Any], ...] = (
    {
        "language": "en-US",
        "voice_model": "eleven_v3",
        "voice_speed": 1.05,
        "voice_temperature": 0.8,
        "volume": 1.2,
        "fallback_voice_ids": ["cartesia-Kate", "openai-Alloy"],
        "opt_in_signed_url": True,
        "signed_url_expiration_ms": 600_000,
        "post_call_analysis_data": ANALYSIS,
        "post_call_analysis_model": "gpt-5.4-mini",
        "pre_session_tools": pre_session_tools(),
        "post_session_tools": post_session_tools(),
        "webhook_url": f"https://hooks.example.com/retell?token={SECRET}-webhook",
        "webhook_events": ["call_started", "call_ended", "call_analyzed", "transcript_updated"],
        "webhook_timeout_ms": 10_000,
    },
    {
        "language": ["en-US", "es-ES", "fr-FR"],
        "opt_in_signed_url": True,
        "signed_url_expiration_ms": 3_600_000,
        "voicemail_option": {
            "action": {"type": "static_text", "text": "Please call us back."},
            "detection_prompt": "A machine answers.",
        },
        "ivr_option": {"action": {"type": "hangup"}, "detection_prompt": "A menu is read out."},
        "ambient_sound": "coffee-shop",
        "ambient_sound_volume": 0.4,
        "enable_backchannel": True,
        "backchannel_frequency": 0.7,
        "backchannel_words": ["yeah", "uh-huh"],
    },
    {
        "opt_in_signed_url": True,
        "voicemail_option": {"action": {"type": "prompt", "text": "Leave a short message."}},
        "boosted_keywords": ["Retell", "{{customer_name}}"],
        "begin_message_delay_ms": 800,
        "end_call_after_silence_ms": 60_000,
        "max_call_duration_ms": 1_800_000,
        "interruption_sensitivity": 0.9,
        "responsiveness": 0.8,
        "reminder_max_count": 2,
        "reminder_trigger_ms": 10_000,
        "ring_duration_ms": 30_000,
    },
    {
        "data_storage_setting": "everything_except_pii",
        "data_storage_retention_days": 365,
        "pii_config": _PII,
        "opt_in_signed_url": True,
        "signed_url_expiration_ms": 7_200_000,
        "voicemail_option": {"action": {"type": "hangup"}},
        "enable_dnc_detection": True,
    },
    {
        "data_storage_setting": "everything",
        "pii_config": _PII,
        "guardrail_config": {
            "input_topics": ["platform_integrity_jailbreaking"],
            "output_topics": ["harassment", "regulated_professional_advice"],
        },
        "handbook_config": dict.fromkeys(_HANDBOOK, True),
        "post_session_tools": post_session_tools()[2:4],
    },
    {
        "is_transfer_agent": True,
        "voicemail_option": {"action": {"type": "bridge_transfer"}},
        "webhook_events": [
            "transfer_started",
            "transfer_bridged",
            "transfer_cancelled",
            "transfer_ended",
        ],
    },
    {
        "data_storage_setting": "basic_attributes_only",
        "data_storage_retention_days": 60,
        "allow_user_dtmf": True,
        "allow_dtmf_interruption": False,
        "user_dtmf_options": {"digit_limit": 4, "termination_key": "#", "timeout_ms": 5000},
    },
    {
        "stt_mode": "custom",
        "custom_stt_config": {"provider": "deepgram", "endpointing_ms": 300},
        "denoising_mode": "noise-and-background-speech-cancellation",
        "denoising_enhancement_level": 0.6,
        "vocab_specialization": "general",
        "timezone": "America/Los_Angeles",
    },
    {
        "enable_expressive_mode": True,
        "expressive_emotion_tags": ["empathetic", "happy", "long pause"],
        "expressive_mode_prompt": "Sound glad.",
        "enable_dynamic_responsiveness": True,
        "enable_dynamic_voice_speed": True,
        "contact_memory_config": {"enable_read": True, "enable_update": False},
        "call_screening_option": {
            "agent_identity": "Ada of the bistro",
            "call_purpose": "Confirming a table",
        },
    },
    {
        "pronunciation_dictionary": [
            {"word": "SQL", "alphabet": "ipa", "phoneme": "sikwəl"},
            {"word": "nginx", "alphabet": "cmu", "phoneme": "EH N JH IH N EH K S"},
        ],
        "stt_mode": "accurate",
        "pre_session_tools": pre_session_tools()[2:],
    },
    {
        "vocab_specialization": "medical",
        "data_storage_setting": "everything_except_pii",
        "pii_config": _PII,
        "stt_mode": "fast",
    },
    {
        "language": "ja-JP",
        "opt_in_signed_url": True,
        "signed_url_expiration_ms": 86_400_000,
        "denoising_mode": "noise-cancellation",
    },
)

CHAT_OPTIONS: tuple[dict[str, Any], ...] = (
    {
        "language": ["en-US", "es-ES"],
        "auto_close_message": "This chat is closed, since nobody wrote for a while.",
        "end_chat_after_silence_ms": 600_000,
        "contact_memory_config": {"enable_read": True, "enable_update": True},
        "handbook_config": dict.fromkeys(
            ("ai_disclosure", "default_personality", "high_empathy", "scope_boundaries"), True
        ),
        "guardrail_config": {
            "input_topics": ["platform_integrity_jailbreaking"],
            "output_topics": ["gambling"],
        },
        "post_chat_analysis_data": [
            *ANALYSIS[:4],
            ANALYSIS[4] | {"name": "chat_summary"},
        ],
        "post_chat_analysis_model": "gpt-5.4-mini",
        "pre_session_tools": pre_session_tools(),
        "post_session_tools": post_session_tools(),
        "timezone": "Europe/Paris",
        "webhook_url": f"https://hooks.example.com/chats?token={SECRET}-webhook",
        "webhook_events": ["chat_started", "chat_ended", "chat_analyzed", "transcript_updated"],
        "webhook_timeout_ms": 8000,
    },
    {
        "language": "en-US",
        "data_storage_setting": "everything_except_pii",
        "data_storage_retention_days": 90,
        "pii_config": _PII,
        "opt_in_signed_url": True,
        "signed_url_expiration_ms": 3_600_000,
    },
)
"""What the two chat agents are set to: together every field and kind that chat agents have."""
