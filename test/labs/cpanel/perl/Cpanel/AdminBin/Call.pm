package Cpanel::AdminBin::Call;

# Stand-in with the public interface of cPanel's module: a request to code that runs as root.

use strict;
use warnings;

use JSON::PP ();

# Set by the engine; nothing else has a way to the privileged helper.
our $CHANNEL;

sub call {
    my ( $namespace, $module, $function, @args ) = @_;
    return _ask( { namespace => $namespace, module => $module, function => $function, args => \@args } );
}

sub stream {
    die "Streaming is not part of this stand-in.\n";
}

sub _ask {
    my ($request) = @_;
    my $reply = $CHANNEL ? $CHANNEL->( { admin => $request } ) : _ask_from_outside($request);
    return $reply if $request->{wrap};
    die "$reply->{error}\n" if defined $reply->{error};
    return wantarray && ref $reply->{data} eq 'ARRAY' && $reply->{list} ? @{ $reply->{data} } : $reply->{data};
}

# A program of its own; the server lets it through only where the check of the caller's program is off.
sub _ask_from_outside {
    my ($request) = @_;
    my $json = JSON::PP->new->encode($request);
    open my $lab, '-|', '/usr/local/cpanel/bin/lab/admin-call', $json or die "The administrative request could not be made: $!\n";
    my $answer = do { local $/ = undef; <$lab> };
    close $lab or die "The administrative request was refused: the caller’s program is a Perl interpreter.\n";
    return JSON::PP->new->decode($answer);
}

1;
