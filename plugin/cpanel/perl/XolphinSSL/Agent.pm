package XolphinSSL::Agent;

# Asks the agent for a page, over a socket that only root and the agent's own user can open.
use strict;
use warnings;
use IO::Socket::UNIX ();
use MIME::Base64 qw(encode_base64);

our $VERSION = '1.0';
my $socket_path = '/run/xolphin-ssl/pages.sock';
my $largest     = 16 * 1024 * 1024;
my $patience    = 25;

sub ask {
    my ( $told, $request ) = @_;
    my $facts = join q{}, map { "BRIDGE_$_=" . ( $told->{$_} // q{} ) =~ tr/\0//dr . "\0" } sort keys %{$told};
    my $answer = eval {
        local $SIG{'ALRM'} = sub { die "no answer in time\n" };
        alarm $patience;
        length $request <= $largest or die "too large\n";
        my $socket = IO::Socket::UNIX->new( 'Peer' => $socket_path ) or die "no agent\n";
        my $head = "POST /page HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n";
        print {$socket} $head, 'Content-Length: ', length( $facts . $request ), "\r\n\r\n", $facts, $request;
        my $got = do { local $/ = undef; readline $socket };
        alarm 0;
        $got;
    };
    alarm 0;
    my ( $headers, $body ) = split /\r\n\r\n/xms, $answer // q{}, 2;
    return { 'ok' => 0 } if ( $headers // q{} ) !~ m{\AHTTP/1[.]\d[ ]200[ ]}xms;
    my ($type) = $headers =~ /^content-type:\s*([^\s;]+)/xmsi;
    # Whatever layer prints it, a page made of ASCII stays what it is.
    utf8::decode($body) and $body =~ s/([^\x00-\x7f])/'&#' . ord($1) . q{;}/gexms if $type eq 'text/html';
    return { 'ok' => 1, 'type' => $type, 'body' => encode_base64( $body, q{} ) };
}

sub is_there { return IO::Socket::UNIX->new( 'Peer' => $socket_path ) ? 1 : 0; }

1;
