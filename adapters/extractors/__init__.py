"""What is said about stocks in a transcript: claims of extractors, checked and settled alike."""

from adapters.extractors.claims import (
    ACTIONS,
    Action,
    Claim,
    Dropped,
    Extraction,
    Extractor,
    ExtractorId,
    Mention,
    Video,
)
from adapters.extractors.gemini import Gemini
from adapters.extractors.llm import LlmExtractor, Rekeyed
from adapters.extractors.openai_responses import OpenAi
from adapters.extractors.reading import Reader, ReaderHere
from adapters.extractors.rules import RuleExtractor
from adapters.extractors.settling import SURE, extract, settle
from adapters.extractors.stocks import Stocks

__all__ = [
    "ACTIONS",
    "SURE",
    "Action",
    "Claim",
    "Dropped",
    "Extraction",
    "Extractor",
    "ExtractorId",
    "Gemini",
    "LlmExtractor",
    "Mention",
    "OpenAi",
    "Reader",
    "ReaderHere",
    "Rekeyed",
    "RuleExtractor",
    "Stocks",
    "Video",
    "extract",
    "settle",
]
