package Cpanel::Wrap;

# Stand-in: requests in the style of wrapped programs, whose answer is a hash whatever happened.

use strict;
use warnings;

use Cpanel::AdminBin::Call ();

sub send_cpwrapd_request {
    my (%request) = @_;
    my $reply = eval {
        Cpanel::AdminBin::Call::_ask(
            { wrap => 1, namespace => $request{namespace}, module => $request{module}, function => $request{function}, data => $request{data} }
        );
    };
    return $reply if $reply;
    return { error => 1, exit_code => 255, statusmsg => "$@", data => undef };
}

*send_cpwrapd_request_no_cperror = \&send_cpwrapd_request;

1;
