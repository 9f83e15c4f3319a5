# A view of the tree for each folder: view/FOLDER holds links to that folder and
# to the ones below it, and is the only include path the folder is built with.
# An include that goes up or sideways is then "No such file".

AC_DEFUN([RESTANTE_VIEWS], [
AC_CONFIG_COMMANDS([view], [
	src=`cd "$srcdir" && pwd`
	rm -rf view
	while read -r folder below; do
		mkdir -p "view/$folder"
		for f in $folder $below; do
			ln -sf "$src/$f" "view/$folder/$f"
		done
	done <<-'VIEWS'
	base
	net     base
	mime    base
	conf    base net mime
	proc    base net mime conf
	store   base net mime conf proc
	auth    base net mime conf proc store
	dns     base net mime conf
	queue   base net mime conf proc store
	smtp    base net mime conf proc store auth dns queue
	pop3    base net mime conf proc store auth
	ctl     base net mime conf proc store auth
	daemon  base net mime conf proc store auth dns queue smtp pop3 ctl
	tests   base net mime conf proc store auth dns queue smtp pop3 ctl daemon
	VIEWS
])])
