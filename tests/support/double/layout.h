/* Sizes and offsets of Darwin's structs, which are equal on x86-64 and arm64. A field has its name
   in C. A field that embeds another struct, or whose name several structs share, is
   STRUCT__FIELD. */
#ifndef LAYOUT_H
#define LAYOUT_H

enum { /* struct proc_bsdinfo */
	SIZE_proc_bsdinfo = 136,
	pbi_flags = 0,
	pbi_status = 4,
	pbi_xstatus = 8,
	pbi_pid = 12,
	pbi_ppid = 16,
	pbi_uid = 20,
	pbi_gid = 24,
	pbi_ruid = 28,
	pbi_rgid = 32,
	pbi_svuid = 36,
	pbi_svgid = 40,
	pbi_comm = 48,
	pbi_name = 64,
	pbi_nfiles = 96,
	pbi_pgid = 100,
	pbi_pjobc = 104,
	e_tdev = 108,
	e_tpgid = 112,
	pbi_nice = 116,
	pbi_start_tvsec = 120,
	pbi_start_tvusec = 128
};

enum { /* struct proc_bsdshortinfo */
	SIZE_proc_bsdshortinfo = 64,
	pbsi_pid = 0,
	pbsi_ppid = 4,
	pbsi_pgid = 8,
	pbsi_status = 12,
	pbsi_comm = 16,
	pbsi_flags = 32,
	pbsi_uid = 36,
	pbsi_gid = 40,
	pbsi_ruid = 44,
	pbsi_rgid = 48,
	pbsi_svuid = 52,
	pbsi_svgid = 56,
	pbsi_rfu = 60
};

enum { /* struct proc_taskinfo */
	SIZE_proc_taskinfo = 96,
	pti_virtual_size = 0,
	pti_resident_size = 8,
	pti_total_user = 16,
	pti_total_system = 24,
	pti_threads_user = 32,
	pti_threads_system = 40,
	pti_policy = 48,
	pti_faults = 52,
	pti_pageins = 56,
	pti_cow_faults = 60,
	pti_messages_sent = 64,
	pti_messages_received = 68,
	pti_syscalls_mach = 72,
	pti_syscalls_unix = 76,
	pti_csw = 80,
	pti_threadnum = 84,
	pti_numrunning = 88,
	pti_priority = 92
};

enum { /* struct proc_taskallinfo */
	SIZE_proc_taskallinfo = 232,
	proc_taskallinfo__pbsd = 0,
	proc_taskallinfo__ptinfo = 136
};

enum { /* struct proc_threadinfo */
	SIZE_proc_threadinfo = 112,
	pth_user_time = 0,
	pth_system_time = 8,
	pth_cpu_usage = 16,
	pth_policy = 20,
	pth_run_state = 24,
	pth_flags = 28,
	pth_sleep_time = 32,
	pth_curpri = 36,
	pth_priority = 40,
	pth_maxpriority = 44,
	pth_name = 48
};

enum { /* struct proc_threadwithpathinfo */
	SIZE_proc_threadwithpathinfo = 1288,
	proc_threadwithpathinfo__pt = 0,
	proc_threadwithpathinfo__pvip = 112
};

enum { /* struct proc_threadschedinfo */
	SIZE_proc_threadschedinfo = 8,
	int_time_ns = 0
};

enum { /* struct proc_threadcounts */
	SIZE_proc_threadcounts = 8,
	ptc_len = 0,
	ptc_counts = 8
};

enum { /* struct proc_threadcounts_data */
	SIZE_proc_threadcounts_data = 40
};

enum { /* struct proc_regioninfo */
	SIZE_proc_regioninfo = 96,
	pri_protection = 0,
	pri_max_protection = 4,
	pri_inheritance = 8,
	pri_flags = 12,
	pri_offset = 16,
	pri_behavior = 24,
	pri_user_wired_count = 28,
	pri_user_tag = 32,
	pri_pages_resident = 36,
	pri_pages_shared_now_private = 40,
	pri_pages_swapped_out = 44,
	pri_pages_dirtied = 48,
	pri_ref_count = 52,
	pri_shadow_depth = 56,
	pri_share_mode = 60,
	pri_private_pages_resident = 64,
	pri_shared_pages_resident = 68,
	pri_obj_id = 72,
	pri_depth = 76,
	pri_address = 80,
	pri_size = 88
};

enum { /* struct proc_regionwithpathinfo */
	SIZE_proc_regionwithpathinfo = 1272,
	prp_prinfo = 0,
	prp_vip = 96
};

enum { /* struct proc_regionpath */
	SIZE_proc_regionpath = 1040,
	prpo_addr = 0,
	prpo_regionlength = 8,
	prpo_path = 16
};

enum { /* struct vinfo_stat */
	SIZE_vinfo_stat = 136,
	vst_dev = 0,
	vst_mode = 4,
	vst_nlink = 6,
	vst_ino = 8,
	vst_uid = 16,
	vst_gid = 20,
	vst_atime = 24,
	vst_atimensec = 32,
	vst_mtime = 40,
	vst_mtimensec = 48,
	vst_ctime = 56,
	vst_ctimensec = 64,
	vst_birthtime = 72,
	vst_birthtimensec = 80,
	vst_size = 88,
	vst_blocks = 96,
	vst_blksize = 104,
	vst_flags = 108,
	vst_gen = 112,
	vst_rdev = 116,
	vst_qspare = 120
};

enum { /* struct vnode_info */
	SIZE_vnode_info = 152,
	vi_stat = 0,
	vi_type = 136,
	vi_pad = 140,
	vi_fsid = 144
};

enum { /* struct vnode_info_path */
	SIZE_vnode_info_path = 1176,
	vip_vi = 0,
	vip_path = 152
};

enum { /* struct proc_vnodepathinfo */
	SIZE_proc_vnodepathinfo = 2352,
	pvi_cdir = 0,
	pvi_rdir = 1176
};

enum { /* struct proc_workqueueinfo */
	SIZE_proc_workqueueinfo = 16,
	pwq_nthreads = 0,
	pwq_runthreads = 4,
	pwq_blockedthreads = 8,
	pwq_state = 12
};

enum { /* struct proc_uniqidentifierinfo */
	SIZE_proc_uniqidentifierinfo = 56,
	p_uuid = 0,
	p_uniqueid = 16,
	p_puniqueid = 24,
	p_idversion = 32,
	p_orig_ppidversion = 36
};

enum { /* struct proc_bsdinfowithuniqid */
	SIZE_proc_bsdinfowithuniqid = 192,
	proc_bsdinfowithuniqid__pbsd = 0,
	proc_bsdinfowithuniqid__p_uniqidentifier = 136
};

enum { /* struct proc_archinfo */
	SIZE_proc_archinfo = 8,
	p_cputype = 0,
	p_cpusubtype = 4
};

enum { /* struct proc_pidcoalitioninfo */
	SIZE_proc_pidcoalitioninfo = 40,
	proc_pidcoalitioninfo__coalition_id = 0
};

enum { /* struct proc_ipctableinfo */
	SIZE_proc_ipctableinfo = 8,
	table_size = 0,
	table_free = 4
};

enum { /* struct proc_exitreasoninfo */
	SIZE_proc_exitreasoninfo = 32,
	eri_namespace = 0,
	eri_code = 4,
	eri_flags = 12,
	eri_reason_buf_size = 20,
	eri_kcd_buf = 24
};

enum { /* struct proc_exitreasonbasicinfo */
	SIZE_proc_exitreasonbasicinfo = 24,
	beri_namespace = 0,
	beri_code = 4,
	beri_flags = 12,
	beri_reason_buf_size = 20
};

enum { /* struct vm_rtfault_record_t */
	SIZE_vm_rtfault_record_t = 56,
	rtfabstime = 0,
	rtfaddr = 16
};

enum { /* struct proc_fdinfo */
	SIZE_proc_fdinfo = 8,
	proc_fd = 0,
	proc_fdtype = 4
};

enum { /* struct proc_fileportinfo */
	SIZE_proc_fileportinfo = 8,
	proc_fileport = 0
};

enum { /* struct proc_fileinfo */
	SIZE_proc_fileinfo = 24,
	fi_openflags = 0,
	fi_status = 4,
	fi_offset = 8,
	fi_type = 16,
	fi_guardflags = 20
};

enum { /* struct vnode_fdinfo */
	SIZE_vnode_fdinfo = 176,
	vnode_fdinfo__pfi = 0,
	vnode_fdinfo__pvi = 24
};

enum { /* struct vnode_fdinfowithpath */
	SIZE_vnode_fdinfowithpath = 1200,
	vnode_fdinfowithpath__pfi = 0,
	vnode_fdinfowithpath__pvip = 24
};

enum { /* struct socket_fdinfo */
	SIZE_socket_fdinfo = 792,
	socket_fdinfo__pfi = 0,
	socket_fdinfo__psi = 24
};

enum { /* struct socket_info */
	SIZE_socket_info = 768,
	soi_stat = 0,
	soi_so = 136,
	soi_pcb = 144,
	soi_type = 152,
	soi_protocol = 156,
	soi_family = 160,
	soi_kind = 232
};

enum { /* struct psem_fdinfo */
	SIZE_psem_fdinfo = 1184,
	psem_fdinfo__pfi = 0,
	psem_fdinfo__pseminfo = 24
};

enum { /* struct psem_info */
	SIZE_psem_info = 1160,
	psem_stat = 0,
	psem_name = 136
};

enum { /* struct pshm_fdinfo */
	SIZE_pshm_fdinfo = 1192,
	pshm_fdinfo__pfi = 0,
	pshm_fdinfo__pshminfo = 24
};

enum { /* struct pshm_info */
	SIZE_pshm_info = 1168,
	pshm_stat = 0,
	pshm_name = 144
};

enum { /* struct pipe_fdinfo */
	SIZE_pipe_fdinfo = 184,
	pipe_fdinfo__pfi = 0,
	pipe_fdinfo__pipeinfo = 24
};

enum { /* struct pipe_info */
	SIZE_pipe_info = 160,
	pipe_stat = 0,
	pipe_handle = 136,
	pipe_peerhandle = 144
};

enum { /* struct kqueue_fdinfo */
	SIZE_kqueue_fdinfo = 168,
	kqueue_fdinfo__pfi = 0,
	kqueue_fdinfo__kqueueinfo = 24
};

enum { /* struct kqueue_info */
	SIZE_kqueue_info = 144,
	kq_stat = 0,
	kq_state = 136
};

enum { /* struct kqueue_dyninfo */
	SIZE_kqueue_dyninfo = 208
};

enum { /* struct appletalk_fdinfo */
	SIZE_appletalk_fdinfo = 160
};

enum { /* struct channel_fdinfo */
	SIZE_channel_fdinfo = 56,
	channel_fdinfo__pfi = 0
};

enum { /* struct kevent_extinfo */
	SIZE_kevent_extinfo = 104,
	kqext_kev = 0,
	kqext_sdata = 72
};

enum { /* struct kevent_qos_s */
	SIZE_kevent_qos_s = 72,
	kevent_qos_s__ident = 0,
	kevent_qos_s__filter = 8,
	kevent_qos_s__udata = 16,
	kevent_qos_s__xflags = 28,
	kevent_qos_s__data = 32
};

enum { /* struct procinfo_coalinfo */
	SIZE_procinfo_coalinfo = 16,
	procinfo_coalinfo__coalition_id = 0,
	procinfo_coalinfo__coalition_type = 8,
	procinfo_coalinfo__coalition_tasks = 12
};

enum { /* struct proc_originatorinfo */
	SIZE_proc_originatorinfo = 48,
	originator_uuid = 0,
	originator_pid = 16
};

enum { /* struct audit_token_t */
	SIZE_audit_token_t = 32
};

enum { /* struct proc_delegated_signal_info */
	SIZE_proc_delegated_signal_info = 64,
	proc_delegated_signal_info__instigator = 0,
	proc_delegated_signal_info__target = 32
};

enum { /* struct rusage_info_v0 */
	SIZE_rusage_info_v0 = 96,
	ri_user_time = 16,
	ri_system_time = 24,
	ri_resident_size = 64,
	ri_phys_footprint = 72,
	ri_proc_start_abstime = 80,
	ri_proc_exit_abstime = 88
};

enum { /* struct rusage_info_v1 */
	SIZE_rusage_info_v1 = 144
};

enum { /* struct rusage_info_v2 */
	SIZE_rusage_info_v2 = 160
};

enum { /* struct rusage_info_v3 */
	SIZE_rusage_info_v3 = 232
};

enum { /* struct rusage_info_v4 */
	SIZE_rusage_info_v4 = 296
};

enum { /* struct rusage_info_v5 */
	SIZE_rusage_info_v5 = 304
};

enum { /* struct rusage_info_v6 */
	SIZE_rusage_info_v6 = 464
};

enum { /* struct kinfo_proc, with the structs inside it */
	SIZE_kinfo_proc = 648,
	p_starttime__tv_sec = 0,
	p_starttime__tv_usec = 8,
	p_flag = 32,
	p_stat = 36,
	p_pid = 40,
	p_oppid = 44,
	p_sigignore = 232,
	p_sigcatch = 236,
	p_nice = 242,
	p_comm = 243,
	p_xstat = 280,
	e_pcred__p_ruid = 392,
	e_pcred__p_svuid = 396,
	e_pcred__p_rgid = 400,
	e_pcred__p_svgid = 404,
	e_ucred__cr_uid = 420,
	e_ucred__cr_ngroups = 424,
	e_ucred__cr_groups = 428,
	e_ppid = 560,
	e_pgid = 564,
	kp_eproc__e_tdev = 572,
	kp_eproc__e_tpgid = 576,
	e_flag = 612
};

#endif
