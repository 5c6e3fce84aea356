"""The answer for when nothing else can be answered: an apology, the emergency numbers, a recording. No database."""

from twilio.twiml.voice_response import VoiceResponse

from hotline.telephony.profiles import Profile

MAX_SECONDS = 180
SILENCE_SECONDS = 10

APOLOGY = {
    "vi-VN": (
        "Xin lỗi, đường dây đang gặp trục trặc. Nếu có nguy hiểm, xin gác máy và gọi 113 công an, "
        "114 cứu hỏa, 115 cấp cứu. Nếu không gấp, sau tiếng bíp xin nói tên thôn, việc xảy ra và số điện thoại "
        "để gọi lại, nói xong bấm phím thăng. Lời nói được ghi âm."
    ),
    "en-US": (
        "Sorry, this line has a fault. If there is danger, please hang up and call 113 for the police, "
        "114 for fire, 115 for an ambulance. Otherwise, after the tone, say your village, what happened and "
        "a number to call back, then press the hash key. Your words are recorded."
    ),
    "ru-RU": (
        "Извините, на линии неполадки. Если есть опасность, положите трубку и звоните 113 - полиция, "
        "114 - пожарные, 115 - скорая помощь. Если нет, после сигнала назовите деревню, что случилось и номер "
        "для обратного звонка, затем нажмите решётку. Ваши слова записываются."
    ),
}
THANKS = {
    "vi-VN": "Cảm ơn, lời nhắn đã được ghi lại. Xin chào.",
    "en-US": "Thank you, your message was recorded. Goodbye.",
    "ru-RU": "Спасибо, сообщение записано. До свидания.",
}


def fallback(base_url: str, profile: Profile) -> str:
    """The fallback TwiML; it names absolute addresses only, so that it can be hosted elsewhere."""
    response = VoiceResponse()
    _say(response, APOLOGY, profile)
    response.record(
        action=f"{base_url}/voice/fallback",
        method="POST",
        max_length=MAX_SECONDS,
        timeout=SILENCE_SECONDS,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=f"{base_url}/voice/recording",
        recording_status_callback_method="POST",
    )
    response.hangup()
    return str(response)


def fallback_thanks(profile: Profile) -> str:
    """What is said when the fallback's recording has ended."""
    response = VoiceResponse()
    _say(response, THANKS, profile)
    response.hangup()
    return str(response)


def _say(response: VoiceResponse, texts: dict[str, str], profile: Profile) -> None:
    for tag, text in texts.items():
        response.say(text, language=tag, voice=profile.voices.get(tag))
