#!/usr/local/cpanel/3rdparty/bin/perl
# A page in WHM. Runs as root, tells the agent who is there and with which rights, by the panel's word, and prints what comes
# back: a fragment inside the panel's frame, or a whole answer as it is.
use strict;
use warnings;
use lib '/usr/local/cpanel', '/var/cpanel/perl';
use Cpanel::Template ();
use List::Util qw(min);
use MIME::Base64 qw(decode_base64);
use Whostmgr::ACLS     ();
use XolphinSSL::Agent ();

Whostmgr::ACLS::init_acls();
my %told = ( 'FROM' => 'server', 'USER' => $ENV{'REMOTE_USER'}, 'ACTION' => 'SHOW' );
$told{'ACTION'}   = 'ACT' if ( $ENV{'REQUEST_METHOD'} // q{} ) eq 'POST';
$told{'HAS_ROOT'} = Whostmgr::ACLS::hasroot() ? 1 : 0;
$told{'RIGHTS'}   = join q{,}, grep { Whostmgr::ACLS::checkacl($_) } qw(list-accts ssl);

my $body = q{};
binmode STDIN;
read STDIN, $body, min( $ENV{'CONTENT_LENGTH'} || 0, 13_000_000 );
my @given = map { $_ . q{=} . ( $ENV{$_} // q{} ) }
  qw(QUERY_STRING CONTENT_TYPE cp_security_token HTTP_ACCEPT_LANGUAGE);
my $answer = XolphinSSL::Agent::ask( \%told, join "\0", @given, q{}, $body );
my $shown  = decode_base64( $answer->{'body'} // q{} );

binmode STDOUT;
if ( ( $answer->{'type'} // q{} ) =~ /octet-stream/xms ) {
    print $shown =~ s/\AHTTP\/1[.]1[ ]/Status: /rxms;
}
else {
    print "Content-Type: text/html; charset=utf-8\r\n\r\n";
    $shown ||= '<p>The certificate service does not answer just now. Certificates that are installed keep working.</p>';
    Cpanel::Template::process_template( 'whostmgr',
        { 'template_file' => 'xolphin_ssl/page.tmpl', 'print' => 1, 'html' => $shown } );
}
