"""The calendar of scheduled posts."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from broadsheet.studio import calendar_month
from broadsheet.studio.views.base import StudioView


class ScheduleCalendar(StudioView):
    """A month with the posts that are scheduled, as a list on narrow screens."""

    template_name = "studio/calendar.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the month of `?month=`, by default this month."""
        first = calendar_month.parse_month(request.GET.get("month", ""))
        month = calendar_month.get_month(self.user, first)
        context = {
            "month": month,
            "today": timezone.localdate(),
            "zone": str(timezone.get_current_timezone()).replace("_", " "),
            "is_empty": not any(day.posts for week in month.weeks for day in week),
        }
        return self.render(context)
